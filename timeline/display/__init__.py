"""An event in words: days, titles, sentences, marked-up text."""
