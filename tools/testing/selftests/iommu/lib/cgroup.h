/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cgroups and what their misc controller says of PASIDs. Groups are named by
 * their path below the root, "" is the root. Functions return 0 (or what they
 * found) or a negative errno.
 */
#ifndef SELFTESTS_IOMMU_LIB_CGROUP_H
#define SELFTESTS_IOMMU_LIB_CGROUP_H

#define CGROUP_CURRENT	"misc.current", "pasid"
#define CGROUP_CAPACITY	"misc.capacity", "pasid"
#define CGROUP_MAX	"misc.max", "pasid"
#define CGROUP_EVENTS	"misc.events", "pasid.max"

int cgroup_mount(void);
int cgroup_make(const char *name);
int cgroup_remove(const char *name);
int cgroup_pass(const char *name, const char *controller);
int cgroup_pass_misc(const char *name);
int cgroup_enter(const char *name);
long cgroup_read(const char *name, const char *file, const char *key);
int cgroup_limit(const char *name, const char *limit);

#endif
