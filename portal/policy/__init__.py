"""May they? One rule an action, written as a SQL condition, so that a list and a decision can't disagree."""
