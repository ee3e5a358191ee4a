"""Trains the weights by which events are read (`make train`), from the articles in ../shared."""
