/* SPDX-License-Identifier: Apache-2.0 */
/* Names that promise another kind of file than there is. */
#ifndef PHASH_TOOLS_KIND_SUFFIX_H
#define PHASH_TOOLS_KIND_SUFFIX_H

#include <phash/image.h>

#include <stdbool.h>

/** Does the name end like that of another kind? True for a picture with an extension that is not usual for its kind,
 *  and for a file of no known kind with an extension of pictures. A name without extension promises nothing. */
bool kind_disagrees(const char *name, phash_kind kind);

#endif
