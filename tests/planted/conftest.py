"""Print the kill rate at the end."""


def pytest_terminal_summary(terminalreporter):
    def count(outcome):
        reports = terminalreporter.stats.get(outcome, [])
        return sum("test_a_planted_bug_is_caught" in report.nodeid for report in reports)

    caught, survived = count("passed"), count("failed")
    if caught or survived:
        rate = 100 * caught / (caught + survived)
        terminalreporter.write_line(
            f"planted bugs: {caught} of {caught + survived} caught ({rate:.4g} %)"
        )
