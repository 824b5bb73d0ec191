/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PASIDs that a program holds through debugfs, and what debugfs tells of them.
 * Functions return 0 (or what they found) or a negative errno.
 */
#ifndef SELFTESTS_IOMMU_LIB_PASID_H
#define SELFTESTS_IOMMU_LIB_PASID_H

#include <sys/types.h>

#define PASID_NAME_LEN 16

/**
 * struct pasid_set - A line of the file "sets"
 * @owner: name of the process that made it
 * @pid: that process
 * @type: what kind of owner
 * @ceiling: as it is written there
 * @used: numbers that it holds
 * @parked: those of them that were freed
 * @peak: highest @used so far
 */
struct pasid_set {
	char owner[PASID_NAME_LEN];
	pid_t pid;
	char type[PASID_NAME_LEN];
	char ceiling[PASID_NAME_LEN];
	unsigned int used;
	unsigned int parked;
	unsigned int peak;
};

/**
 * struct pasid_line - A line of the file "ids"
 * @spid: as it is written there
 * @state: likewise
 * @refs: references, that of the owner included
 * @pid: process that asked for the number
 * @owner: of its set
 */
struct pasid_line {
	char spid[PASID_NAME_LEN];
	char state[PASID_NAME_LEN];
	unsigned int refs;
	pid_t pid;
	char owner[PASID_NAME_LEN];
};

int pasid_open(void);
int pasid_write(int fd, const char *command);
int pasid_do(int fd, const char *verb, unsigned int number);
int pasid_list(int fd, unsigned int *ids, int max);
int pasid_do_in(const char *cgroup, int fd, const char *verb,
		unsigned int number);
int pasid_find_set(pid_t pid, struct pasid_set *set);
int pasid_find_line(unsigned int id, struct pasid_line *line);

#endif
