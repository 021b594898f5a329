/* SPDX-License-Identifier: Apache-2.0 */
/* One picture coded in HEVC, through libde265 in the caller's thread. The decoder is shown the parameter sets and the
 * slices of one picture that stands for itself, and of a size that was announced; nothing else. Planes are taken from
 * the caller's hooks, zeroed, and count towards the limit of memory.
 * Source: ISO/IEC 14496-15, s. 8.3.3; ITU-T H.265, s. 7.3.1, 7.3.2.2 and 7.3.3; libde265 1.0, libde265/de265.h. */
#ifndef PHASH_IMAGE_HEIF_HEVC_H
#define PHASH_IMAGE_HEIF_HEVC_H

#include "image/codec_job.h"
#include "util/bytes.h"

/** A plane of samples, of one byte each or, above 8 bits, of two of this machine. */
typedef struct phash_hevc_plane {
    const uint8_t *data;
    size_t stride; /* in bytes */
    uint32_t width;
    uint32_t height;
    uint32_t bits; /* 8..16 */
} phash_hevc_plane;

typedef struct phash_hevc_picture {
    phash_hevc_plane plane[3]; /* luma and, unless the picture is grey, Cb and Cr */
    bool grey;
    uint32_t matrix; /* ISO/IEC 23091-2, s. 8.3 */
    bool full_range;
} phash_hevc_picture;

typedef struct phash_hevc {
    phash_codec_job *job;
    void *decoder;
    uint32_t width; /* announced */
    uint32_t height;
    uint64_t claimed;     /* bytes, of job->held */
    size_t planes;        /* bytes */
    uint32_t buffers;     /* how often planes were asked for */
    uint32_t parameters;  /* units that were shown to it */
    uint32_t slices;
    bool is_alone;        /* they refer to no other picture */
    uint32_t coded_width; /* what it takes planes for */
    uint32_t coded_height;
    uint32_t cut_left; /* how much of them is not shown */
    uint32_t cut_top;
    phash_status refusal; /* why planes were refused */
    phash_hevc_picture picture;
} phash_hevc;

/** Decode a picture. It is at least as large as announced, and by less than one coding block larger.
 *
 *  In:   hvcc         the configuration record: parameter sets, and how many bytes a length takes
 *        data         size bytes: units behind their lengths
 *        width,height as announced, within the limits
 *  Out:  h  close it with phash_hevc_close, whatever is returned
 *  Returns: PHASH_OK; PHASH_E_TRUNCATED; PHASH_E_MALFORMED; PHASH_E_UNSUPPORTED; PHASH_E_LIMIT; PHASH_E_TIMEOUT;
 *           PHASH_E_NO_MEMORY.
 */
PHASH_NODISCARD phash_status phash_hevc_decode(phash_hevc *h, phash_codec_job *job, phash_reader hvcc,
                                               const uint8_t *data, size_t size, uint32_t width, uint32_t height);
/** Free the planes and the decoder. */
void phash_hevc_close(phash_hevc *h);

/** A decoder that is given nothing, or NULL. libde265 makes tables, which takes 3 ms, for the first of the decoders
 *  that live at a time: while there is this one, others begin at once. End it with phash_hevc_stand_down. */
void *phash_hevc_stand_by(void);
void phash_hevc_stand_down(void *decoder);

#endif
