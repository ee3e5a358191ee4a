"""The picture of the timeline: lanes of marks, and ribbons of counts."""
