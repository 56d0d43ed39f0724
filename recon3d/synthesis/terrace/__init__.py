"""A terrace with an old well in front of a farmhouse, above a valley with rolling hills. Units: metres.

The well stands at the origin, z up; the house is to the north (+y), the valley to the south.
"""
