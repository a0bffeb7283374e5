"""Training of many models at once; knows neither the queue nor the database."""
