// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who pays for a PASID: the misc cgroup of the process that asked for it, for
 * as long as the number cannot be used anew.
 */
#include <signal.h>
#include <sys/wait.h>

#include "pasid_fixture.h"

#define CAPACITY 4096
#define ROUNDS 100
#define PAYERS 4

/* What a group and those above it hold */
#define EXPECT_HELD(a, b, parent) do { \
	EXPECT_EQ(a, cgroup_read(A, CGROUP_CURRENT)); \
	EXPECT_EQ(b, cgroup_read(B, CGROUP_CURRENT)); \
	EXPECT_EQ(parent, cgroup_read(PARENT, CGROUP_CURRENT)); \
} while (0)

/* How often somebody was refused */
#define EXPECT_REFUSED(a, b, parent) do { \
	EXPECT_EQ(a, cgroup_read(A, CGROUP_EVENTS)); \
	EXPECT_EQ(b, cgroup_read(B, CGROUP_EVENTS)); \
	EXPECT_EQ(parent, cgroup_read(PARENT, CGROUP_EVENTS)); \
} while (0)

/*
 * No emulated IOMMU knows more than a few PASIDs: be one that does. That cannot
 * be taken back, hw_nopasid_test has to run before.
 */
static const char *unfit(int fd, long capacity)
{
	if (capacity == -ENODATA) {
		pasid_do(fd, "capacity", CAPACITY);
		capacity = cgroup_read("", CGROUP_CAPACITY);
	}
	return capacity < CAPACITY ? "the IOMMU here knows few PASIDs" : NULL;
}

/* The number that the set got last */
static unsigned int newest(int fd)
{
	unsigned int id;

	return pasid_list(fd, &id, 1) == 1 ? id : ~0U;
}

TEST_F(pasid, root_shows_how_many_there_are)
{
	EXPECT_LE(CAPACITY, cgroup_read("", CGROUP_CAPACITY));
	EXPECT_GE(1 << 20, cgroup_read("", CGROUP_CAPACITY));
	EXPECT_EQ(-ENOENT, cgroup_read(A, CGROUP_CAPACITY));
}

TEST_F(pasid, group_has_no_limit_until_one_is_set)
{
	EXPECT_EQ(-ERANGE, cgroup_read(A, CGROUP_MAX));
	ASSERT_OK(cgroup_limit(A, "7"));
	EXPECT_EQ(7, cgroup_read(A, CGROUP_MAX));
	ASSERT_OK(cgroup_limit(A, "max"));
	EXPECT_EQ(-ERANGE, cgroup_read(A, CGROUP_MAX));
}

TEST_F(pasid, group_of_the_process_is_charged)
{
	ASSERT_OK(pasid_do_in(A, self->fd, "alloc", 3));
	EXPECT_HELD(3, 0, 3);
	ASSERT_OK(pasid_do_in(A, self->fd, "free", newest(self->fd)));
	EXPECT_HELD(2, 0, 2);
}

TEST_F(pasid, process_outside_is_not_charged_to_the_group)
{
	ASSERT_OK(pasid_do(self->fd, "alloc", 3));
	EXPECT_HELD(0, 0, 0);
}

TEST_F(pasid, limit_is_reached_and_not_exceeded)
{
	ASSERT_OK(cgroup_limit(A, "2"));
	ASSERT_OK(pasid_do_in(A, self->fd, "alloc", 2));
	EXPECT_REFUSED(0, 0, 0);
	EXPECT_ERR(EDQUOT, pasid_do_in(A, self->fd, "alloc", 1));
	EXPECT_HELD(2, 0, 2);
	EXPECT_REFUSED(1, 0, 1);
}

TEST_F(pasid, request_that_is_refused_leaves_no_charge)
{
	unsigned int ids[LIST_MAX];

	ASSERT_OK(cgroup_limit(A, "2"));
	EXPECT_ERR(EDQUOT, pasid_do_in(A, self->fd, "alloc", 3));
	EXPECT_HELD(0, 0, 0);
	EXPECT_REFUSED(1, 0, 1);
	EXPECT_EQ(0, pasid_list(self->fd, ids, LIST_MAX));
	EXPECT_OK(pasid_do_in(A, self->fd, "alloc", 2));
}

TEST_F(pasid, limit_of_none_lets_nobody_have_any)
{
	ASSERT_OK(cgroup_limit(A, "0"));
	EXPECT_ERR(EDQUOT, pasid_do_in(A, self->fd, "alloc", 1));
	EXPECT_OK(pasid_do_in(B, self->fd, "alloc", 1));
	EXPECT_HELD(0, 1, 1);
}

TEST_F(pasid, limit_of_the_parent_binds_its_children)
{
	ASSERT_OK(cgroup_limit(PARENT, "3"));
	ASSERT_OK(pasid_do_in(A, self->fd, "alloc", 2));
	EXPECT_ERR(EDQUOT, pasid_do_in(B, self->fd, "alloc", 2));
	EXPECT_HELD(2, 0, 2);
	EXPECT_OK(pasid_do_in(B, self->fd, "alloc", 1));
	EXPECT_HELD(2, 1, 3);
}

/* Not below: the group that asked has room */
TEST_F(pasid, refusal_is_counted_where_the_limit_is_and_above)
{
	ASSERT_OK(cgroup_limit(A, "1"));
	EXPECT_ERR(EDQUOT, pasid_do_in(A, self->fd, "alloc", 2));
	EXPECT_REFUSED(1, 0, 1);
	ASSERT_OK(cgroup_limit(A, "max"));
	ASSERT_OK(cgroup_limit(PARENT, "1"));
	EXPECT_ERR(EDQUOT, pasid_do_in(A, self->fd, "alloc", 2));
	EXPECT_REFUSED(1, 0, 2);
}

TEST_F(pasid, limit_below_what_is_held_takes_nothing_away)
{
	ASSERT_OK(pasid_do_in(A, self->fd, "alloc", 3));
	ASSERT_OK(cgroup_limit(A, "2"));
	EXPECT_HELD(3, 0, 3);
	ASSERT_OK(pasid_do_in(A, self->fd, "free", newest(self->fd)));
	EXPECT_ERR(EDQUOT, pasid_do_in(A, self->fd, "alloc", 1));
	ASSERT_OK(cgroup_limit(A, "3"));
	EXPECT_OK(pasid_do_in(A, self->fd, "alloc", 1));
}

TEST_F(pasid, charge_stays_when_the_payer_moves)
{
	pid_t pid;
	int status;

	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		int rc = cgroup_enter(A);

		rc = rc ? rc : pasid_do(self->fd, "alloc", 2);
		rc = rc ? rc : cgroup_enter(B);
		rc = rc ? rc : pasid_do(self->fd, "alloc", 1);
		if (rc)
			_exit(-rc);
		pause();
	}
	/* It stops moving when it has the third number. */
	while (cgroup_read(B, CGROUP_CURRENT) < 1 &&
	       !waitpid(pid, &status, WNOHANG))
		usleep(10000);
	EXPECT_HELD(2, 1, 3);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	EXPECT_TRUE(WIFSIGNALED(status));
	/* Nor does it go with the payer: the file is open. */
	EXPECT_HELD(2, 1, 3);
}

TEST_F(pasid, payer_gets_back_what_another_frees)
{
	ASSERT_OK(pasid_do_in(A, self->fd, "alloc", 2));
	ASSERT_OK(pasid_do_in(B, self->fd, "alloc", 1));
	ASSERT_OK(pasid_do_in(A, self->fd, "free", newest(self->fd)));
	EXPECT_HELD(2, 0, 2);
	ASSERT_OK(pasid_do_in(B, self->fd, "free", newest(self->fd)));
	EXPECT_HELD(1, 0, 1);
	ASSERT_OK(pasid_do(self->fd, "free", newest(self->fd)));
	EXPECT_HELD(0, 0, 0);
}

TEST_F(pasid, processes_that_share_a_file_pay_each_for_their_own)
{
	ASSERT_OK(cgroup_limit(A, "2"));
	ASSERT_OK(pasid_do_in(A, self->fd, "alloc", 2));
	ASSERT_OK(pasid_do_in(B, self->fd, "alloc", 4));
	EXPECT_HELD(2, 4, 6);
	EXPECT_ERR(EDQUOT, pasid_do_in(A, self->fd, "alloc", 1));
	EXPECT_OK(pasid_do_in(B, self->fd, "alloc", 1));
	EXPECT_HELD(2, 5, 7);
}

TEST_F(pasid, removed_group_is_uncharged_in_those_above_it)
{
	ASSERT_OK(pasid_do_in(A, self->fd, "alloc", 3));
	ASSERT_OK(cgroup_remove(A));
	EXPECT_EQ(3, cgroup_read(PARENT, CGROUP_CURRENT));
	ASSERT_OK(pasid_do(self->fd, "free", newest(self->fd)));
	EXPECT_EQ(2, cgroup_read(PARENT, CGROUP_CURRENT));
	/* Another of the same name has nothing to do with it. */
	ASSERT_OK(cgroup_make(A));
	EXPECT_HELD(0, 0, 2);
	close(self->fd);
	self->fd = -1;
	EXPECT_HELD(0, 0, 0);
}

TEST_F(pasid, group_can_go_with_all_above_it_while_it_is_charged)
{
	ASSERT_OK(pasid_do_in(A, self->fd, "alloc", 3));
	ASSERT_OK(remove_cgroups());
	close(self->fd);
	self->fd = -1;
	ASSERT_OK(cgroup_make(PARENT));
}

TEST_F(pasid, parked_number_is_charged_until_it_is_put)
{
	unsigned int id;

	ASSERT_OK(cgroup_limit(A, "1"));
	ASSERT_OK(pasid_do_in(A, self->fd, "alloc", 1));
	id = newest(self->fd);
	ASSERT_OK(pasid_do_in(B, self->fd, "get", id));
	ASSERT_OK(pasid_do_in(A, self->fd, "free", id));
	EXPECT_HELD(1, 0, 1);
	EXPECT_ERR(EDQUOT, pasid_do_in(A, self->fd, "alloc", 1));
	ASSERT_OK(pasid_do_in(B, self->fd, "put", id));
	EXPECT_HELD(0, 0, 0);
	EXPECT_OK(pasid_do_in(A, self->fd, "alloc", 1));
}

TEST_F(pasid, closing_the_file_gives_all_back)
{
	ASSERT_OK(pasid_do_in(A, self->fd, "alloc", 40));
	ASSERT_OK(pasid_do_in(B, self->fd, "alloc", 2));
	ASSERT_OK(pasid_do(self->fd, "get", newest(self->fd)));
	ASSERT_OK(pasid_do(self->fd, "free", newest(self->fd)));
	ASSERT_OK(pasid_do(self->fd, "get", newest(self->fd)));
	EXPECT_HELD(40, 2, 42);
	close(self->fd);
	self->fd = -1;
	EXPECT_HELD(0, 0, 0);
}

/* Allocate and free in a hurry; being refused is part of it. */
static void pay_in_a_hurry(const char *cgroup)
{
	int rc = cgroup_enter(cgroup), fd = pasid_open();

	if (rc || fd < 0)
		_exit(ENXIO);
	for (int i = 0; i < ROUNDS; i++) {
		rc = pasid_do(fd, "alloc", 1 + i % 3);
		if (!rc)
			rc = pasid_do(fd, "free", newest(fd));
		if (rc && rc != -EDQUOT)
			_exit(-rc);
		if (i % 8)
			continue;
		close(fd);
		fd = pasid_open();
	}
	_exit(0);
}

TEST_F(pasid, many_payers_at_once_leave_no_charge_behind)
{
	pid_t pids[PAYERS];
	int status;

	ASSERT_OK(cgroup_limit(A, "8"));
	ASSERT_OK(cgroup_limit(PARENT, "12"));
	for (int i = 0; i < PAYERS; i++) {
		pids[i] = fork();
		ASSERT_LE(0, pids[i]);
		if (!pids[i])
			pay_in_a_hurry(i % 2 ? A : B);
	}
	for (int i = 0; i < PAYERS; i++) {
		ASSERT_EQ(pids[i], waitpid(pids[i], &status, 0));
		EXPECT_EQ(0, status);
	}
	EXPECT_HELD(0, 0, 0);
	EXPECT_LT(0, cgroup_read(PARENT, CGROUP_EVENTS));
}

TEST_HARNESS_MAIN
