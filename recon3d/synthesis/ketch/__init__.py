"""A model of a gaff ketch on its stand: planked hull, tanned sails, rigging a pixel thin. Units: the hull is 1.6 long.

x points to the bow, y to port, z up.
"""
