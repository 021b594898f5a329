/* SPDX-License-Identifier: Apache-2.0 */
/* A harmless picture to try a deployment with: a poster of a sun, two hills and the word TEST, drawn here. */
#ifndef PHASH_TOOLS_TEST_PICTURE_H
#define PHASH_TOOLS_TEST_PICTURE_H

#include "cli/text_out.h"

#define TEST_PICTURE_NAME "phash-test.png"
#define TEST_PICTURE_SIDE 128u /* pixels */

/** What labels of test pictures begin with: a match that carries such a label is of class test. */
#define TEST_LABEL_PREFIX "test:"

/** PDQ of the poster, on every machine and in every pipeline. */
#define TEST_PICTURE_HASH "4c7831a6c9dae66519981a76dc0cb0eb83553dc60e79d49575dac3cbbca10376"

typedef enum test_picture { TEST_PICTURE_POSTER, TEST_PICTURE_OTHER } test_picture;

/** Draw a picture and put its PNG file into out, which was empty. TEST_PICTURE_OTHER is another one, on no list. */
void test_picture_png(text *out, test_picture which);

#endif
