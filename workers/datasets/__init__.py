"""Readers of data sets that need torch, and what turns an upload into pixels."""
