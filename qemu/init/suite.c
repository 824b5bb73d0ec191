// SPDX-License-Identifier: GPL-2.0
/*
 * Runs one suite and keeps hold of everything that it starts.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init.h"

#define SUITE_DIR	"/suites"
#define REAP_MS		30000	/* for the killed to let go of their devices */

struct run {
	pid_t pid;
	int out;		/* read end of the suite's stdout and stderr */
	struct tap *tap;
	char line[1024];	/* unfinished line */
	size_t len;
};

static pid_t spawn(const char *path, int out)
{
	char *argv[] = { (char *)path, NULL };
	pid_t pid = fork();

	if (pid)
		return pid;
	setsid();
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	execv(path, argv);
	_exit(127);
}

static void flush_line(struct run *run)
{
	run->line[run->len] = '\0';
	run->len = 0;
	say("%s", run->line);
	tap_line(run->tap, run->line, now_ms());
}

/* Take what is there. Returns the number of bytes as read() does. */
static ssize_t read_output(struct run *run)
{
	char buf[4096];
	ssize_t n = read(run->out, buf, sizeof(buf));

	for (ssize_t i = 0; i < n; i++) {
		if (buf[i] == '\n' || run->len == sizeof(run->line) - 1)
			flush_line(run);
		if (buf[i] != '\n' && buf[i] != '\r')
			run->line[run->len++] = buf[i];
	}
	return n;
}

/*
 * Follow the suite until it has exited or its time is over. Its output may
 * stay open longer than it lives, when a test left a child behind.
 */
static bool follow(struct run *run, long deadline, int *status)
{
	bool open = true;

	for (;;) {
		struct pollfd poll_out = { .fd = open ? run->out : -1,
					   .events = POLLIN };
		pid_t pid;

		poll(&poll_out, 1, 100);
		if (poll_out.revents)
			open = read_output(run) != 0;
		while ((pid = waitpid(-1, status, WNOHANG)) > 0)
			if (pid == run->pid)
				return true;
		if (now_ms() > deadline)
			return false;
	}
}

/* Nothing of a suite may hold a device when the next one starts. */
static bool kill_all(void)
{
	long deadline = now_ms() + REAP_MS;

	kill(-1, SIGKILL);
	while (now_ms() < deadline) {
		pid_t pid = waitpid(-1, NULL, WNOHANG);

		if (pid < 0)
			return true;
		if (!pid)
			usleep(20 * 1000);
	}
	return false;
}

static void describe(char *end, size_t size, bool ended, int status)
{
	if (!ended)
		snprintf(end, size, "timeout");
	else if (WIFSIGNALED(status))
		snprintf(end, size, "signal %d", WTERMSIG(status));
	else
		snprintf(end, size, "exit %d", WEXITSTATUS(status));
}

/* Run /suites/NAME for at most the given time. Returns whether all is well. */
bool suite_run(const char *name, unsigned int seconds)
{
	struct run run = { };
	char path[128], end[32];
	int pipefd[2], status = 0;
	long start = now_ms();
	bool ended, good;

	snprintf(path, sizeof(path), SUITE_DIR "/%s", name);
	report("run", name, NULL);
	if (access(path, X_OK)) {
		report("done", name, "absent", "-1", "0", NULL);
		return false;
	}
	if (pipe2(pipefd, O_CLOEXEC))
		return false;
	run.out = pipefd[0];
	run.tap = tap_new(name, start);
	run.pid = spawn(path, pipefd[1]);
	close(pipefd[1]);
	fcntl(run.out, F_SETFL, O_NONBLOCK);

	ended = follow(&run, start + seconds * 1000L, &status);
	if (!kill_all()) {
		report("scan", "unkillable", name, NULL);
		ended = false;
	}
	while (read_output(&run) > 0)
		;
	if (run.len)
		flush_line(&run);
	close(run.out);

	describe(end, sizeof(end), ended, status);
	good = tap_end(run.tap, end, now_ms());
	scan_log();
	return good;
}
