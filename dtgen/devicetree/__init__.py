"""What a tree is. Knows nothing of boards or of Qualcomm."""
