set(image_sources kind.c)
