"""Figures that join several apps; reads only."""
