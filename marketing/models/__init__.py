"""The rows of marketing come with campaigns; today marketing reads the sales side's."""
