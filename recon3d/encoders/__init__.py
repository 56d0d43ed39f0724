"""Views -> representation. `free_*` encoders are fitted scenes: they ignore their input and return what they hold."""
