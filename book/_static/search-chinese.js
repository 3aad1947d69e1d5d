// Search for Chinese words. Sphinx's index takes the signs between two spaces or punctuation marks as
// one word, and finds a word only if it is, or stands in, one of the index. A reader types a phrase:
// it is cut here, from the left, into the longest pieces that the index knows. This function has the
// name that Sphinx keeps for it, and is loaded before Sphinx's own (searchtools.js).

function splitQuery(query) {
  const { terms, titleterms } = Search._index;
  const known = Object.keys(terms).concat(Object.keys(titleterms));
  // Sphinx looks for words of three signs and more inside others, for shorter ones only as they are.
  const finds = (word) =>
    word.length > 2 ? known.some((term) => term.includes(word)) : known.includes(word);

  const pieces = (phrase) => {
    const found = [];
    let rest = phrase;
    while (rest) {
      let length = rest.length;
      while (length > 1 && !finds(rest.slice(0, length))) length -= 1;
      if (length > 1) found.push(rest.slice(0, length));
      rest = rest.slice(length);
    }
    return found.length ? found : [phrase];
  };

  return query
    .split(/[^\p{Letter}\p{Number}_\p{Emoji_Presentation}]+/u)
    .filter(Boolean)
    .flatMap((word) => (/^\p{Script=Han}+$/u.test(word) ? pieces(word) : [word]));
}
