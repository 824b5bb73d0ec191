/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Processes of users that have no privileges, and what such a user may open.
 * Functions return 0 or a negative errno.
 */
#ifndef SELFTESTS_IOMMU_LIB_USER_H
#define SELFTESTS_IOMMU_LIB_USER_H

#include <sys/stat.h>
#include <sys/types.h>

/**
 * struct user_task - A process of a user that has done its work and waits
 * @pid: the process, 0: none
 * @release: it ends when this is closed
 */
struct user_task {
	pid_t pid;
	int release;
};

int user_run(uid_t uid, int (*work)(void *data), void *data);
int user_start(uid_t uid, int (*work)(void *data), void *data,
	       struct user_task *task);
void user_end(struct user_task *task);
void user_kill(struct user_task *task);

int user_give(const char *path, uid_t uid, mode_t mode, struct stat *before);
void user_take_back(const char *path, const struct stat *before);

#endif
