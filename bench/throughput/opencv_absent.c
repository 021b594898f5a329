/* SPDX-License-Identifier: Apache-2.0 */
/* Stands in for opencv_hash.cpp where OpenCV is not installed. */
#include "opencv_hash.h"

const char *opencv_hash_name(void)
{
    return NULL;
}

bool opencv_decode(const uint8_t *bytes, size_t size)
{
    (void)bytes;
    (void)size;
    return false;
}

bool opencv_hash(void)
{
    return false;
}
