set(image_sources avif.c bmp.c bmp_header.c canvas.c clean_aperture.c codec_job.c codecs.c decoder.c exif.c gif.c
    gif_lzw.c heif.c heif_boxes.c heif_colour.c heif_hevc.c hevc_size.c jpeg.c jpeg_sparse.c jxl.c kind.c png.c
    png_walk.c pnm.c sampler.c tiff.c tiff_pixels.c webp.c webp_walk.c)
