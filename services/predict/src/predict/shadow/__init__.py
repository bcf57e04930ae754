"""Shadows: versions of a served model that score the same rows, and whose scores nobody is answered with.

Each runs in a process of its own. So a model that crashes, hangs or takes all memory ends that process only.
"""
