"""What counts as right: plain equality where one outcome is permitted, sets where several are."""
