/* SPDX-License-Identifier: Apache-2.0 */
/* Telling systemd how it goes: sd_notify(3), without its library. */
#ifndef PHASH_TOOLS_SUPERVISOR_H
#define PHASH_TOOLS_SUPERVISOR_H

/** Send a line such as READY=1 to the socket in $NOTIFY_SOCKET; does nothing when there is none. */
void supervisor_say(const char *line);

#endif
