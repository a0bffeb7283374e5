"""A finished experiment as one file that another Memoscope opens: written, checked, taken in.

The file is a zip of JSON and plain arrays. Nothing in it is run, and nothing in it is believed before it is
checked: it may come from anybody.
"""
