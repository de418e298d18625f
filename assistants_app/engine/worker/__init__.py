"""A worker process: the runs that it carries out, in turns between projects, and its watchdog."""
