set(image_sources codec_job.c decoder.c exif.c jpeg.c jpeg_sparse.c kind.c png.c png_walk.c sampler.c)
