"""The grader of the assignments: trusted code, and the sandbox that it runs answers in."""
