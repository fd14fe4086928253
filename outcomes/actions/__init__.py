"""Actions: one verb a function, each given the work of one actor. Actions flush; the doors commit."""
