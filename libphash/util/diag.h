/* SPDX-License-Identifier: Apache-2.0 */
/* Diagnostics: what, where and which limit, in one line of text. The first message wins. */
#ifndef PHASH_UTIL_DIAG_H
#define PHASH_UTIL_DIAG_H

#include <phash/phash.h>

#if defined(__GNUC__)
#define PHASH_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define PHASH_PRINTF(fmt, args)
#endif

/** Store a message unless there is one already, and give status back, so that failing reads
 *  `return phash_fail(diag, PHASH_E_LIMIT, "%" PRIu32 " scans; the limit is %" PRIu32, ...)`.
 *  diag may be NULL. Control characters and non-ASCII bytes become '?'. */
phash_status phash_fail(phash_diag *diag, phash_status status, const char *format, ...) PHASH_PRINTF(3, 4);

#endif
