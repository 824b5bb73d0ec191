// SPDX-License-Identifier: GPL-2.0-only
/*
 * What debugfs tells of PASIDs, and what the file for tests refuses.
 */
#include <sys/prctl.h>

#include "pasid_fixture.h"

#define OWNER "pasid_owner"
#define UNUSED ((1U << 20) - 1)
#define GET_MAX 4096

static const char *unfit(int fd, long capacity)
{
	return NULL;
}

/* Under a name by which its set is told from those of others */
static int open_as_owner(void)
{
	prctl(PR_SET_NAME, OWNER);
	return pasid_open();
}

TEST_F(pasid, sets_tell_who_holds_how_many)
{
	struct pasid_set set;
	unsigned int ids[LIST_MAX];
	int fd = open_as_owner();

	ASSERT_LE(0, fd);
	ASSERT_OK(pasid_do(fd, "alloc", 5));
	ASSERT_EQ(5, pasid_list(fd, ids, LIST_MAX));
	ASSERT_OK(pasid_do(fd, "free", ids[0]));
	ASSERT_OK(pasid_do(fd, "get", ids[1]));
	ASSERT_OK(pasid_do(fd, "free", ids[1]));

	ASSERT_OK(pasid_find_set(getpid(), &set));
	EXPECT_STREQ(OWNER, set.owner);
	EXPECT_STREQ("context", set.type);
	EXPECT_STREQ("max", set.ceiling);
	EXPECT_EQ(4, set.used);
	EXPECT_EQ(1, set.parked);
	EXPECT_EQ(5, set.peak);
	close(fd);
}

TEST_F(pasid, set_is_gone_when_its_file_is)
{
	struct pasid_set set;
	int fd = open_as_owner();

	ASSERT_LE(0, fd);
	ASSERT_OK(pasid_do(fd, "alloc", 5));
	ASSERT_OK(pasid_find_set(getpid(), &set));
	EXPECT_STREQ(OWNER, set.owner);
	close(fd);
	/* What is left is the set of the fixture. */
	ASSERT_OK(pasid_find_set(getpid(), &set));
	EXPECT_STRNE(OWNER, set.owner);
}

TEST_F(pasid, ids_tell_the_state_of_each_number)
{
	struct pasid_line line;
	unsigned int id;
	int fd = open_as_owner();

	ASSERT_LE(0, fd);
	ASSERT_OK(pasid_do(fd, "alloc", 1));
	ASSERT_EQ(1, pasid_list(fd, &id, 1));
	ASSERT_OK(pasid_find_line(id, &line));
	EXPECT_STREQ("-", line.spid);
	EXPECT_STREQ("allocated", line.state);
	EXPECT_EQ(1, line.refs);
	EXPECT_EQ(getpid(), line.pid);
	EXPECT_STREQ(OWNER, line.owner);

	ASSERT_OK(pasid_do(fd, "get", id));
	ASSERT_OK(pasid_find_line(id, &line));
	EXPECT_STREQ("allocated", line.state);
	EXPECT_EQ(2, line.refs);

	ASSERT_OK(pasid_do(fd, "free", id));
	EXPECT_EQ(0, pasid_list(fd, &id, 1));
	ASSERT_OK(pasid_find_line(id, &line));
	EXPECT_STREQ("parked", line.state);
	EXPECT_EQ(1, line.refs);

	ASSERT_OK(pasid_do(fd, "put", id));
	EXPECT_ERR(ENODATA, pasid_find_line(id, &line));
	close(fd);
}

TEST_F(pasid, ids_name_the_payer_and_not_the_owner)
{
	struct pasid_line line;
	unsigned int id;

	ASSERT_OK(pasid_do_in("", self->fd, "alloc", 1));
	ASSERT_EQ(1, pasid_list(self->fd, &id, 1));
	ASSERT_OK(pasid_find_line(id, &line));
	EXPECT_NE(getpid(), line.pid);
}

TEST_F(pasid, commands_that_make_no_sense_are_refused)
{
	static const char * const commands[] = {
		"", "alloc", "alloc ", "alloc x", "alloc -1", "alloc 1x",
		"alloc 1 2", " alloc 1", "allocate 1", "take 1", "1 alloc",
		"alloc 4097", "alloc 4294967296", "alloc 18446744073709551617",
		"alloc 0000000000000000000000000000000001",
		"capacity 0", "capacity 1048577",
	};
	unsigned int ids[LIST_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		EXPECT_ERR(EINVAL, pasid_write(self->fd, commands[i])) {
			TH_LOG("'%s'", commands[i]);
		}
	}
	EXPECT_EQ(0, pasid_list(self->fd, ids, LIST_MAX));
	EXPECT_OK(pasid_write(self->fd, "alloc 1\n"));
	EXPECT_EQ(1, pasid_list(self->fd, ids, LIST_MAX));
}

TEST_F(pasid, numbers_that_nobody_has_are_not_found)
{
	unsigned int id;

	EXPECT_ERR(ENOENT, pasid_do(self->fd, "free", UNUSED));
	EXPECT_ERR(ENOENT, pasid_do(self->fd, "get", UNUSED));
	EXPECT_ERR(ENOENT, pasid_do(self->fd, "put", UNUSED));
	EXPECT_ERR(ENOENT, pasid_do(self->fd, "free", ~0U));
	EXPECT_ERR(ENOENT, pasid_do(self->fd, "get", ~0U));
	ASSERT_OK(pasid_do(self->fd, "alloc", 1));
	ASSERT_EQ(1, pasid_list(self->fd, &id, 1));
	EXPECT_ERR(ENOENT, pasid_do(self->fd, "put", id));
	ASSERT_OK(pasid_do(self->fd, "free", id));
	EXPECT_ERR(ENOENT, pasid_do(self->fd, "free", id));
	EXPECT_ERR(ENOENT, pasid_do(self->fd, "get", id));
}

TEST_F(pasid, numbers_of_another_file_cannot_be_touched)
{
	struct pasid_line line;
	unsigned int id;
	int other = pasid_open();

	ASSERT_LE(0, other);
	ASSERT_OK(pasid_do(other, "alloc", 1));
	ASSERT_EQ(1, pasid_list(other, &id, 1));
	EXPECT_ERR(EACCES, pasid_do(self->fd, "free", id));
	EXPECT_ERR(EACCES, pasid_do(self->fd, "get", id));
	EXPECT_ERR(ENOENT, pasid_do(self->fd, "put", id));
	ASSERT_OK(pasid_find_line(id, &line));
	EXPECT_STREQ("allocated", line.state);
	EXPECT_EQ(1, line.refs);
	close(other);
}

TEST_F(pasid, references_that_a_file_holds_are_bounded)
{
	struct pasid_line line;
	unsigned int id;

	ASSERT_OK(pasid_do(self->fd, "alloc", 1));
	ASSERT_EQ(1, pasid_list(self->fd, &id, 1));
	for (int i = 0; i < GET_MAX; i++)
		ASSERT_OK(pasid_do(self->fd, "get", id));
	EXPECT_ERR(EDQUOT, pasid_do(self->fd, "get", id));
	ASSERT_OK(pasid_do(self->fd, "put", id));
	EXPECT_OK(pasid_do(self->fd, "get", id));
	ASSERT_OK(pasid_find_line(id, &line));
	EXPECT_EQ(1 + GET_MAX, line.refs);
}

TEST_HARNESS_MAIN
