/* SPDX-License-Identifier: MIT */
/* Owners that a user namespace does not have. */
#include "unmapped.h"

#include <pthread.h>
#include <stdio.h>

#define OVERFLOW 65534               /* unless /proc/sys/kernel/overflowuid says another */

struct ids {
	bool all;                    /* each id is mapped to itself, as outside of namespaces */
	unsigned overflow;
};

static struct ids users, groups;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Without /proc nothing is known, and nothing refused. */
static void read_ids(const char *map, const char *overflow, struct ids *ids)
{
	unsigned inside, outside, count;
	FILE *in = fopen(map, "re");

	ids->all = !in || (fscanf(in, "%u %u %u", &inside, &outside, &count) == 3 && inside == 0 &&
			   outside == 0 && count == UINT32_MAX);
	if (in)
		(void)fclose(in);
	in = fopen(overflow, "re");
	if (!in || fscanf(in, "%u", &ids->overflow) != 1)
		ids->overflow = OVERFLOW;
	if (in)
		(void)fclose(in);
}

static void read_both(void)
{
	read_ids("/proc/self/uid_map", "/proc/sys/kernel/overflowuid", &users);
	read_ids("/proc/self/gid_map", "/proc/sys/kernel/overflowgid", &groups);
}

bool is_unmapped(const struct evm_target *target, const char *inside, const struct stat *status)
{
	(void)pthread_once(&once, read_both);
	if (target->owner_given ||
	    (target->permissions && permissions_has(target->permissions, inside)))
		return false;
	return (!users.all && status->st_uid == users.overflow) ||
	       (!groups.all && status->st_gid == groups.overflow);
}
