/* SPDX-License-Identifier: Apache-2.0 */
/* The one file above the image room that knows the codecs: its whole purpose is to use them without libphash. */
#include "floor.h"

#include <setjmp.h>
#include <stdio.h> /* jpeglib.h needs FILE */
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <png.h>

#define GRID_SIDE 512u /* docs/pdq.md, stage A */

static bool make_room(floor_row *row, size_t size)
{
    if (size <= row->room)
        return true;
    free(row->data);
    row->data = malloc(size);
    row->room = row->data != NULL ? size : 0;
    return row->data != NULL;
}

void floor_row_free(floor_row *row)
{
    free(row->data);
    memset(row, 0, sizeof *row);
}

/* --- JPEG --- */

/* What changes after setjmp is reached through a pointer, never a local variable. */
typedef struct jpeg_floor {
    struct jpeg_decompress_struct cinfo;
    struct jpeg_error_mgr errors;
    jmp_buf jump;
    floor_row *row;
    bool good;
} jpeg_floor;

static void jpeg_stop(j_common_ptr cinfo)
{
    jpeg_floor *f = cinfo->client_data;

    longjmp(f->jump, 1);
}

static unsigned smallest_scale(unsigned width, unsigned height)
{
    const unsigned side = width < height ? width : height;
    unsigned n = 1;

    while (n < DCTSIZE && (side * n + DCTSIZE - 1) / DCTSIZE < GRID_SIDE)
        n++;
    return n;
}

static void jpeg_decode(jpeg_floor *f, const uint8_t *bytes, size_t size, phash_pipeline pipeline)
{
    const j_decompress_ptr cinfo = &f->cinfo;
    JSAMPROW row;

    jpeg_create_decompress(cinfo);
    jpeg_mem_src(cinfo, bytes, (unsigned long)size);
    (void)jpeg_read_header(cinfo, TRUE);
    if (cinfo->jpeg_color_space != JCS_YCbCr && cinfo->jpeg_color_space != JCS_GRAYSCALE)
        return;
    cinfo->out_color_space =
        pipeline != PHASH_PIPELINE_EXACT || cinfo->num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
    cinfo->dct_method = JDCT_ISLOW;
    cinfo->do_fancy_upsampling = TRUE;
    cinfo->do_block_smoothing = FALSE;
    cinfo->scale_denom = DCTSIZE;
    cinfo->scale_num = pipeline == PHASH_PIPELINE_SCALED ? smallest_scale(cinfo->image_width, cinfo->image_height)
                                                         : DCTSIZE;
    (void)jpeg_start_decompress(cinfo);
    /* Off by one: into aligned rows libjpeg-turbo writes past the caches, which is slower with a single row. */
    if (!make_room(f->row, (size_t)cinfo->output_width * (size_t)cinfo->output_components + 1))
        return;
    row = f->row->data + 1;
    while (cinfo->output_scanline < cinfo->output_height)
        (void)jpeg_read_scanlines(cinfo, &row, 1);
    (void)jpeg_finish_decompress(cinfo);
    f->good = f->errors.num_warnings == 0;
}

static bool jpeg_floor_decode(floor_row *row, const uint8_t *bytes, size_t size, phash_pipeline pipeline)
{
    jpeg_floor f;

    memset(&f, 0, sizeof f);
    f.row = row;
    f.cinfo.err = jpeg_std_error(&f.errors);
    f.errors.error_exit = jpeg_stop;
    f.cinfo.client_data = &f;
    if (setjmp(f.jump) == 0)
        jpeg_decode(&f, bytes, size, pipeline);
    jpeg_destroy_decompress(&f.cinfo);
    return f.good;
}

/* --- PNG --- */

typedef struct png_floor {
    png_structp png;
    png_infop info;
    floor_row *row;
    const uint8_t *bytes;
    size_t left;
    bool good;
} png_floor;

static void png_give(png_structp png, png_bytep out, size_t size)
{
    png_floor *f = png_get_io_ptr(png);

    if (size > f->left)
        png_error(png, "the file ends early");
    memcpy(out, f->bytes, size);
    f->bytes += size;
    f->left -= size;
}

static void png_decode(png_floor *f)
{
    png_set_read_fn(f->png, f, png_give);
    png_read_info(f->png, f->info);
    png_set_expand(f->png);
    png_set_scale_16(f->png);
    const int passes = png_set_interlace_handling(f->png);
    png_read_update_info(f->png, f->info);
    const png_uint_32 height = png_get_image_height(f->png, f->info);
    if (!make_room(f->row, png_get_rowbytes(f->png, f->info)))
        return;
    for (int pass = 0; pass < passes; pass++)
        for (png_uint_32 y = 0; y < height; y++)
            png_read_row(f->png, f->row->data, NULL);
    png_read_end(f->png, NULL);
    f->good = true;
}

static void png_guarded(png_floor *f)
{
    if (setjmp(png_jmpbuf(f->png)) == 0)
        png_decode(f);
}

static bool png_floor_decode(floor_row *row, const uint8_t *bytes, size_t size)
{
    png_floor f = {.row = row, .bytes = bytes, .left = size};

    f.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    if (f.png != NULL)
        f.info = png_create_info_struct(f.png);
    if (f.info != NULL)
        png_guarded(&f);
    png_destroy_read_struct(&f.png, &f.info, NULL);
    return f.good;
}

bool floor_decode(floor_row *row, const uint8_t *bytes, size_t size, phash_pipeline pipeline)
{
    switch (phash_kind_sniff(bytes, size)) {
    case PHASH_KIND_JPEG: return jpeg_floor_decode(row, bytes, size, pipeline);
    case PHASH_KIND_PNG: return png_floor_decode(row, bytes, size);
    default: return false;
    }
}
