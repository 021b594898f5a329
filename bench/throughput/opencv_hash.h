/* SPDX-License-Identifier: Apache-2.0 */
/* Another library's perceptual hash of the same files: cv::img_hash::PHash of OpenCV, when this was built with it. */
#ifndef PHASH_BENCH_OPENCV_HASH_H
#define PHASH_BENCH_OPENCV_HASH_H

#ifdef __cplusplus
extern "C" {
#else
#include <stdbool.h>
#endif

#include <stddef.h>
#include <stdint.h>

/** "OpenCV 4.6.0", or NULL when it is not built in. */
const char *opencv_hash_name(void);

/** Decode a picture as OpenCV does. False when it cannot. */
bool opencv_decode(const uint8_t *bytes, size_t size);

/** Hash the picture that was decoded last. */
bool opencv_hash(void);

#ifdef __cplusplus
}
#endif
#endif
