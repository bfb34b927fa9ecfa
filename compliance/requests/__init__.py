"""What people ask for by law: taken in, its clock, who asks, and the answer."""
