"""The site's processes as forks of one parent, which has imported what they share."""
