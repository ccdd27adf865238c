"""What the user writes: board descriptions and the overlay sources that come of them."""
