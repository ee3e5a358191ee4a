"""The inbox: notice what needs a person, and put it in order."""
