// SPDX-License-Identifier: GPL-2.0-only
/*
 * IOMMU_GROUP_INFO as far as it takes no hardware: how it is called, and what
 * it says of a group of one device.
 */
#include <limits.h>
#include <sys/mman.h>

#include "mock_fixture.h"
#include "lib/dump.h"
#include "lib/file.h"
#include "lib/group.h"
#include "lib/loop.h"

#define DEVICES "/sys/bus/iommufd_mock/devices"
#define NONE 0xffffff	/* no object has this id */
#define MEMBER_SIZE sizeof(struct iommu_group_member)
#define ROUNDS 100

static struct iommu_group_info question(__u32 dev_id,
					struct iommu_group_member *member)
{
	return (struct iommu_group_info){
		.size = sizeof(struct iommu_group_info),
		.dev_id = dev_id,
		.device_fd = -1,
		.num_members = 1,
		.member_size = MEMBER_SIZE,
		.members = (uintptr_t)member,
	};
}

static int ask(struct _test_data_mock *self, struct iommu_group_info *cmd)
{
	return iommu_ioctl(self->fd, IOMMU_GROUP_INFO, cmd);
}

TEST_F(mock, bound_device_is_ours_and_alone_in_its_group)
{
	struct group_info info;
	struct mock_device dev;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_OK(group_info_of_id(self->fd, dev.idev, &info));
	ASSERT_EQ(1, info.count);
	EXPECT_EQ(IOMMU_GROUP_OURS, info.state);
	EXPECT_EQ(IOMMU_GROUP_POLICY_PARKED, info.policy);
	EXPECT_EQ(file_iommu_group(DEVICES, info.members[0].name), info.id);
	EXPECT_EQ(IOMMU_GROUP_MEMBER_OURS, info.members[0].state);
	EXPECT_EQ(dev.idev, info.members[0].dev_id);
	EXPECT_EQ(0, info.members[0].flags);
	EXPECT_EQ(IOMMU_GROUP_BUS_OTHER, info.members[0].bus);
	EXPECT_STREQ("", info.members[0].driver);
}

TEST_F(mock, each_device_is_told_with_its_own_group_and_id)
{
	struct mock_device dev[3];
	struct group_info info[3];
	int i;

	for (i = 0; i < 3; i++)
		ASSERT_OK(mock_attach(self->fd, self->ioas, &dev[i]));
	for (i = 0; i < 3; i++) {
		ASSERT_OK(group_info_of_id(self->fd, dev[i].idev, &info[i]));
		EXPECT_EQ(dev[i].idev, info[i].members[0].dev_id);
	}
	EXPECT_NE(info[0].id, info[1].id);
	EXPECT_NE(info[0].id, info[2].id);
	EXPECT_STRNE(info[0].members[0].name, info[1].members[0].name);
}

TEST_F(mock, device_that_was_destroyed_is_ENOENT)
{
	struct group_info info;
	struct mock_device dev;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_OK(iommu_destroy(self->fd, dev.stdev));
	EXPECT_ERR(ENOENT, group_info_of_id(self->fd, dev.idev, &info));
}

TEST_F(mock, ids_of_other_objects_and_contexts_are_ENOENT)
{
	struct group_info info;
	struct mock_device dev;
	int other = iommu_open();

	ASSERT_LE(0, other);
	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	EXPECT_ERR(ENOENT, group_info_of_id(self->fd, self->ioas, &info));
	EXPECT_ERR(ENOENT, group_info_of_id(self->fd, dev.hwpt, &info));
	EXPECT_ERR(ENOENT, group_info_of_id(self->fd, dev.stdev, &info));
	EXPECT_ERR(ENOENT, group_info_of_id(self->fd, NONE, &info));
	EXPECT_ERR(ENOENT, group_info_of_id(other, dev.idev, &info));
	close(other);
}

TEST_F(mock, files_that_are_no_devices_are_refused)
{
	struct group_info info;
	int closed = dup(self->fd), memfd = memfd_create("none", MFD_CLOEXEC);

	close(closed);
	EXPECT_ERR(EBADF, group_info_of_file(self->fd, -1, &info));
	EXPECT_ERR(EBADF, group_info_of_file(self->fd, closed, &info));
	EXPECT_ERR(EBADF, group_info_of_file(self->fd, INT_MIN, &info));
	EXPECT_ERR(EINVAL, group_info_of_file(self->fd, self->fd, &info));
	EXPECT_ERR(EINVAL, group_info_of_file(self->fd, memfd, &info));
	close(memfd);
}

TEST_F(mock, two_names_of_a_device_are_refused)
{
	struct iommu_group_info cmd;
	struct mock_device dev;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	cmd = question(dev.idev, NULL);
	cmd.device_fd = self->fd;
	EXPECT_ERR(EINVAL, ask(self, &cmd));
	cmd.device_fd = 0;
	EXPECT_ERR(EINVAL, ask(self, &cmd));
}

TEST_F(mock, flags_and_reserved_member_must_be_zero)
{
	struct iommu_group_member member;
	struct iommu_group_info cmd;
	struct mock_device dev;
	int bit;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	cmd = question(dev.idev, &member);
	for (bit = 0; bit < 32; bit++) {
		cmd.flags = 1U << bit;
		EXPECT_ERR(EOPNOTSUPP, ask(self, &cmd));
	}
	cmd.flags = 0;
	cmd.__reserved = 1;
	EXPECT_ERR(EOPNOTSUPP, ask(self, &cmd));
	cmd.__reserved = 0;
	EXPECT_OK(ask(self, &cmd));
}

TEST_F(mock, array_that_is_too_short_is_told_how_many_there_are)
{
	struct iommu_group_info cmd;
	struct group_info info;
	struct mock_device dev;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_OK(group_info_of_id(self->fd, dev.idev, &info));
	cmd = question(dev.idev, NULL);
	cmd.num_members = 0;
	EXPECT_ERR(EMSGSIZE, ask(self, &cmd));
	EXPECT_EQ(1, cmd.num_members);
	EXPECT_EQ(IOMMU_GROUP_OURS, cmd.out_state);
	EXPECT_EQ(info.id, cmd.out_group_id);
}

TEST_F(mock, room_for_any_number_of_members_costs_nothing)
{
	struct iommu_group_member member = {};
	struct iommu_group_info cmd;
	struct mock_device dev;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	cmd = question(dev.idev, &member);
	cmd.num_members = ~0U;
	EXPECT_OK(ask(self, &cmd));
	EXPECT_EQ(1, cmd.num_members);
	EXPECT_EQ(dev.idev, member.dev_id);
}

TEST_F(mock, wrong_member_sizes_are_refused)
{
	const __u32 wrong[] = { 0, 8, MEMBER_SIZE - 8, MEMBER_SIZE - 1,
				MEMBER_SIZE + 1, MEMBER_SIZE + 4, 4104, ~7U };
	struct iommu_group_info cmd;
	struct mock_device dev;
	unsigned int i;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		cmd = question(dev.idev, NULL);
		cmd.member_size = wrong[i];
		EXPECT_ERR(EINVAL, ask(self, &cmd)) {
			TH_LOG("size %u", wrong[i]);
		}
	}
}

TEST_F(mock, longer_members_are_filled_up_with_zeroes)
{
	struct iommu_group_member *member = (void *)self->memory;
	struct iommu_group_info cmd;
	struct mock_device dev;
	__u32 i;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	memset(self->memory, 0x55, 2 * 4096);
	cmd = question(dev.idev, member);
	cmd.member_size = 4096;
	ASSERT_OK(ask(self, &cmd));
	EXPECT_EQ(dev.idev, member->dev_id);
	for (i = MEMBER_SIZE; i < 4096; i++)
		EXPECT_EQ(0, self->memory[i]);
	EXPECT_EQ(0x55, self->memory[4096]);
}

TEST_F(mock, array_that_cannot_be_written_is_EFAULT)
{
	struct iommu_group_info cmd;
	struct mock_device dev;
	char *page = mem_alloc(self->page);

	ASSERT_NE(NULL, page);
	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	cmd = question(dev.idev, NULL);
	EXPECT_ERR(EFAULT, ask(self, &cmd));
	ASSERT_EQ(0, mprotect(page, self->page, PROT_READ));
	cmd.members = (uintptr_t)page;
	EXPECT_ERR(EFAULT, ask(self, &cmd));
	cmd.members = -8ULL;
	EXPECT_ERR(EFAULT, ask(self, &cmd));
	EXPECT_EQ(1, cmd.num_members);
	EXPECT_EQ(0, cmd.out_group_id);
	mem_free(page, self->page);
}

TEST_F(mock, claim_is_shown_in_debugfs)
{
	struct group_info info;
	struct mock_device dev;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	ASSERT_OK(group_info_of_id(self->fd, dev.idev, &info));
	EXPECT_TRUE(dump_has(self->fd, "claim group %u: domain hwpt %u policy parked\n"
			     "  member %s: bound device %u\n", info.id,
			     dev.hwpt, info.members[0].name, dev.idev));
	ASSERT_OK(iommu_destroy(self->fd, dev.stdev));
	EXPECT_FALSE(dump_has(self->fd, "claim"));
	EXPECT_FALSE(dump_has(self->fd, "member"));
}

TEST_F(mock, all_claims_are_shown_in_debugfs)
{
	struct mock_device dev[8];
	struct group_info info;
	int i;

	for (i = 0; i < 8; i++)
		ASSERT_OK(mock_attach(self->fd, self->ioas, &dev[i]));
	for (i = 0; i < 8; i++) {
		ASSERT_OK(group_info_of_id(self->fd, dev[i].idev, &info));
		EXPECT_TRUE(dump_has(self->fd, "claim group %u:", info.id));
		EXPECT_TRUE(dump_has(self->fd, ": bound device %u\n",
				     dev[i].idev));
	}
}

struct asker {
	int fd;
	atomic_uint dev_id;
};

/* The device is told as it is, or it is gone */
static int ask_for_id(void *data)
{
	struct asker *asker = data;
	struct group_info info;
	int rc = group_info_of_id(asker->fd, asker->dev_id, &info);

	if (rc)
		return rc == -ENOENT ? 0 : rc;
	return info.count == 1 && info.state == IOMMU_GROUP_OURS ? 0 : -EINVAL;
}

TEST_F(mock, device_can_come_and_go_while_it_is_asked_for)
{
	struct asker asker = { .fd = self->fd };
	struct mock_device dev;
	struct loop loop;
	int i;

	ASSERT_OK(mock_attach(self->fd, self->ioas, &dev));
	asker.dev_id = dev.idev;
	ASSERT_OK(loop_start(&loop, ask_for_id, &asker));
	for (i = 0; i < ROUNDS; i++) {
		EXPECT_OK(iommu_destroy(self->fd, dev.stdev));
		EXPECT_OK(mock_attach(self->fd, self->ioas, &dev));
		asker.dev_id = dev.idev;
	}
	EXPECT_OK(loop_stop(&loop));
}

TEST_HARNESS_MAIN
