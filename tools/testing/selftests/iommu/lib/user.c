// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <unistd.h>
#include <sys/wait.h>

#include "user.h"

/* Gives up root, and with it all capabilities, for good */
static int become(uid_t uid)
{
	if (setgroups(0, NULL) || setresgid(uid, uid, uid) ||
	    setresuid(uid, uid, uid))
		return -errno;
	return 0;
}

/* Leaves files open until it may end, so that what they hold stays held. */
static void live(uid_t uid, int (*work)(void *data), void *data, int result,
		 int release)
{
	int rc = become(uid);
	char byte;

	if (!rc)
		rc = work(data);
	if (write(result, &rc, sizeof(rc)) != sizeof(rc))
		_exit(1);
	while (read(release, &byte, 1) > 0)
		;
	_exit(0);
}

/**
 * user_start - Let a process of a user do something, and stay
 * @uid: the user, who is nobody special
 * @work: what to do
 * @data: for @work; what it changes there is lost, unless it is shared memory
 * @task: to be given to user_end() or user_kill(), also on failure
 *
 * Return: what @work returned, or a negative errno.
 */
int user_start(uid_t uid, int (*work)(void *data), void *data,
	       struct user_task *task)
{
	int result[2], release[2], rc;

	task->pid = 0;
	if (pipe2(result, O_CLOEXEC) || pipe2(release, O_CLOEXEC))
		return -errno;
	task->pid = fork();
	if (!task->pid) {
		close(result[0]);
		close(release[1]);
		live(uid, work, data, result[1], release[0]);
	}
	close(result[1]);
	close(release[0]);
	task->release = release[1];
	if (task->pid < 0 || read(result[0], &rc, sizeof(rc)) != sizeof(rc))
		rc = -ECHILD;
	close(result[0]);
	return rc;
}

/**
 * user_end - Let the process end by itself
 * @task: from user_start(); twice does no harm
 */
void user_end(struct user_task *task)
{
	if (task->pid <= 0)
		return;
	close(task->release);
	waitpid(task->pid, NULL, 0);
	task->pid = 0;
}

/**
 * user_kill - End the process
 * @task: from user_start(); twice does no harm
 */
void user_kill(struct user_task *task)
{
	if (task->pid > 0)
		kill(task->pid, SIGKILL);
	user_end(task);
}

/**
 * user_run - Let a process of a user do something, and end
 * @uid: as for user_start(), likewise @work and @data
 *
 * Return: what @work returned, or a negative errno.
 */
int user_run(uid_t uid, int (*work)(void *data), void *data)
{
	struct user_task task;
	int rc = user_start(uid, work, data, &task);

	user_end(&task);
	return rc;
}

/**
 * user_give - Make a file a user's
 * @path: the file
 * @uid: the user
 * @mode: of the file from now on
 * @before: filled, for user_take_back()
 */
int user_give(const char *path, uid_t uid, mode_t mode, struct stat *before)
{
	if (stat(path, before) || chown(path, uid, uid) || chmod(path, mode))
		return -errno;
	return 0;
}

/**
 * user_take_back - Undo user_give()
 * @path: the file; may be gone
 * @before: from user_give()
 */
void user_take_back(const char *path, const struct stat *before)
{
	if (!chown(path, before->st_uid, before->st_gid))
		chmod(path, before->st_mode & 07777);
}
