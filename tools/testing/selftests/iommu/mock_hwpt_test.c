// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page tables that user space asks for by IOMMU_HWPT_ALLOC.
 */
#include <stdatomic.h>
#include <sys/mman.h>

#include "mock_fixture.h"

#include "lib/loop.h"

/* Below the mock's aperture */
#define UNREACHABLE 0x1000ULL

/*
 *	first ---> page table of its own ---> self->ioas
 *
 *	           hwpt, empty           ---> other
 */
FIXTURE(hwpt)
{
	struct _test_data_mock mock;
	struct mock_device first;
	__u32 other;
	__u32 hwpt;
};

FIXTURE_SETUP(hwpt)
{
	struct _test_data_mock *mock = &self->mock;

	mock->page = mem_page_size();
	mock->length = NPAGES * mock->page;
	mock->memory = mem_alloc(mock->length + 2 * mock->page);
	ASSERT_NE(NULL, mock->memory);
	mock->memory += mock->page;
	mock->fd = iommu_open();
	ASSERT_LE(0, mock->fd);
	if (mock_count_devices() < 0)
		SKIP_FROM_SETUP("no mock IOMMU in this kernel");
	ASSERT_OK(mock_reset());
	ASSERT_OK(iommu_ioas_alloc(mock->fd, &mock->ioas));
	ASSERT_OK(iommu_ioas_alloc(mock->fd, &self->other));
	ASSERT_OK(mock_attach(mock->fd, mock->ioas, &self->first));
	ASSERT_OK(iommu_hwpt_alloc(mock->fd, self->first.idev, self->other,
				   &self->hwpt));
}

FIXTURE_TEARDOWN(hwpt)
{
	mock_reset();
	close(self->mock.fd);
	mem_free(self->mock.memory - self->mock.page,
		 self->mock.length + 2 * self->mock.page);
}

static int map(struct _test_data_hwpt *self, __u64 iova)
{
	return iommu_map_at(self->mock.fd, self->other, self->mock.memory,
			    self->mock.length, iova, IOMMU_MAP_RW);
}

static int unmap(struct _test_data_hwpt *self, __u64 iova)
{
	return iommu_unmap(self->mock.fd, self->other, iova,
			   self->mock.length);
}

static int attach(struct _test_data_hwpt *self, struct mock_device *dev)
{
	return mock_attach(self->mock.fd, self->hwpt, dev);
}

static int destroy(struct _test_data_hwpt *self, __u32 id)
{
	return iommu_destroy(self->mock.fd, id);
}

static int check(struct _test_data_hwpt *self, __u64 iova)
{
	return check_memory(&self->mock, self->hwpt, iova);
}

TEST_F(hwpt, attached_device_reaches_what_was_mapped_before)
{
	struct mock_device dev;

	ASSERT_OK(map(self, IOVA));
	ASSERT_OK(attach(self, &dev));
	EXPECT_EQ(self->hwpt, dev.hwpt);
	EXPECT_OK(check(self, IOVA));
}

TEST_F(hwpt, attached_device_reaches_what_is_mapped_afterwards)
{
	struct mock_device dev;

	ASSERT_OK(attach(self, &dev));
	ASSERT_OK(map(self, IOVA));
	EXPECT_OK(check(self, IOVA));
	ASSERT_OK(unmap(self, IOVA));
	EXPECT_ERR(EINVAL, check(self, IOVA));
}

TEST_F(hwpt, all_that_is_mapped_is_there_before_a_device_attaches)
{
	struct _test_data_mock *mock = &self->mock;
	__u32 hwpt;

	mem_fill(mock->memory, mock->length, 1);
	ASSERT_OK(destroy(self, self->hwpt));
	ASSERT_OK(map(self, IOVA));
	EXPECT_OK(mock_check_refs(mock->fd, mock->memory, mock->length, 0));
	ASSERT_OK(iommu_hwpt_alloc(mock->fd, self->first.idev, self->other,
				   &hwpt));
	EXPECT_OK(mock_check_refs(mock->fd, mock->memory, mock->length, 1));
	EXPECT_OK(check_memory(mock, hwpt, IOVA));
	ASSERT_OK(map(self, OTHER));
	EXPECT_OK(check_memory(mock, hwpt, OTHER));
}

TEST_F(hwpt, page_table_stays_when_its_last_device_leaves)
{
	struct mock_device dev;

	ASSERT_OK(map(self, IOVA));
	ASSERT_OK(attach(self, &dev));
	ASSERT_OK(destroy(self, dev.stdev));
	EXPECT_OK(check(self, IOVA));
	ASSERT_OK(map(self, OTHER));
	EXPECT_OK(check(self, OTHER));
	ASSERT_OK(attach(self, &dev));
	EXPECT_OK(check(self, IOVA));
}

TEST_F(hwpt, page_table_that_was_never_used_can_be_destroyed)
{
	ASSERT_OK(map(self, IOVA));
	EXPECT_ERR(EBUSY, destroy(self, self->other));
	EXPECT_OK(destroy(self, self->hwpt));
	EXPECT_ERR(ENOENT, destroy(self, self->hwpt));
	EXPECT_OK(destroy(self, self->other));
}

TEST_F(hwpt, page_table_in_use_cannot_be_destroyed)
{
	struct _test_data_mock *mock = &self->mock;
	struct mock_device dev;

	mem_fill(mock->memory, mock->length, 1);
	ASSERT_OK(map(self, IOVA));
	ASSERT_OK(attach(self, &dev));
	EXPECT_ERR(EBUSY, destroy(self, self->hwpt));
	EXPECT_OK(check(self, IOVA));
	ASSERT_OK(destroy(self, dev.stdev));
	EXPECT_OK(destroy(self, self->hwpt));
	EXPECT_OK(mock_check_refs(mock->fd, mock->memory, mock->length, 0));
	EXPECT_OK(destroy(self, self->other));
}

TEST_F(hwpt, device_that_attaches_to_the_space_gets_another_one)
{
	struct mock_device dev, by_space;

	ASSERT_OK(attach(self, &dev));
	ASSERT_OK(mock_attach(self->mock.fd, self->other, &by_space));
	EXPECT_NE(self->hwpt, by_space.hwpt);
	ASSERT_OK(destroy(self, by_space.stdev));
	EXPECT_ERR(ENOENT, destroy(self, by_space.hwpt));
}

TEST_F(hwpt, two_page_tables_show_the_same)
{
	struct _test_data_mock *mock = &self->mock;
	struct mock_device dev, second;
	__u32 hwpt;

	ASSERT_OK(iommu_hwpt_alloc(mock->fd, self->first.idev, self->other,
				   &hwpt));
	EXPECT_NE(self->hwpt, hwpt);
	ASSERT_OK(attach(self, &dev));
	ASSERT_OK(map(self, IOVA));
	ASSERT_OK(mock_attach(mock->fd, hwpt, &second));
	EXPECT_OK(check(self, IOVA));
	EXPECT_OK(check_memory(mock, hwpt, IOVA));
}

TEST_F(hwpt, device_moves_to_it_and_back)
{
	struct _test_data_mock *mock = &self->mock;
	__u32 hwpt;

	ASSERT_OK(map(self, IOVA));
	ASSERT_OK(mock_replace(mock->fd, self->first.stdev, self->hwpt, &hwpt));
	EXPECT_EQ(self->hwpt, hwpt);
	EXPECT_OK(check(self, IOVA));
	EXPECT_ERR(ENOENT, destroy(self, self->first.hwpt));
	ASSERT_OK(mock_replace(mock->fd, self->first.stdev, mock->ioas, &hwpt));
	EXPECT_NE(self->hwpt, hwpt);
	EXPECT_OK(check(self, IOVA));
	EXPECT_OK(destroy(self, self->hwpt));
}

TEST_F(hwpt, page_table_that_cannot_show_everything_is_not_made)
{
	struct _test_data_mock *mock = &self->mock;
	__u32 hwpt = 0;

	mem_fill(mock->memory, mock->length, 1);
	ASSERT_OK(destroy(self, self->hwpt));
	ASSERT_OK(map(self, IOVA));
	ASSERT_OK(map(self, UNREACHABLE));
	EXPECT_ERR(EADDRINUSE, iommu_hwpt_alloc(mock->fd, self->first.idev,
						self->other, &hwpt));
	EXPECT_EQ(0, hwpt);
	EXPECT_OK(mock_check_refs(mock->fd, mock->memory, mock->length, 0));
	EXPECT_OK(destroy(self, self->other));
}

TEST_F(hwpt, move_that_cannot_map_leaves_the_device_where_it_was)
{
	struct _test_data_mock *mock = &self->mock;
	__u32 hwpt;

	ASSERT_OK(destroy(self, self->hwpt));
	ASSERT_OK(map_memory(mock, IOVA));
	ASSERT_OK(map(self, UNREACHABLE));
	EXPECT_ERR(EADDRINUSE, mock_replace(mock->fd, self->first.stdev,
					    self->other, &hwpt));
	EXPECT_OK(check_memory(mock, self->first.hwpt, IOVA));
	EXPECT_ERR(EBUSY, destroy(self, self->first.hwpt));
	EXPECT_OK(destroy(self, self->other));
}

TEST_F(hwpt, filled_page_table_goes_with_its_file)
{
	struct mock_device dev;

	ASSERT_OK(map(self, IOVA));
	ASSERT_OK(attach(self, &dev));
	ASSERT_OK(destroy(self, dev.stdev));
	ASSERT_OK(destroy(self, self->first.stdev));
	close(self->mock.fd);
	self->mock.fd = iommu_open();
	ASSERT_LE(0, self->mock.fd);
	EXPECT_OK(mock_check_refs(self->mock.fd, self->mock.memory,
				  self->mock.length, 0));
}

TEST_F(hwpt, ids_that_are_no_device_and_no_space_are_refused)
{
	int fd = self->mock.fd;
	__u32 hwpt = 0;

	EXPECT_ERR(ENOENT, iommu_hwpt_alloc(fd, 0, self->other, &hwpt));
	EXPECT_ERR(ENOENT, iommu_hwpt_alloc(fd, self->other, self->other,
					    &hwpt));
	EXPECT_ERR(EINVAL, iommu_hwpt_alloc(fd, self->first.idev, 0, &hwpt));
	EXPECT_ERR(EINVAL, iommu_hwpt_alloc(fd, self->first.idev, self->hwpt,
					    &hwpt));
	EXPECT_EQ(0, hwpt);
}

static int alloc(struct _test_data_hwpt *self, __u32 pt_id, __u32 flags)
{
	__u32 hwpt;

	return iommu_hwpt_alloc_flags(self->mock.fd, self->first.idev, pt_id,
				      flags, &hwpt);
}

TEST_F(hwpt, what_page_tables_shall_do_can_be_combined)
{
	const __u32 flags[] = {
		IOMMU_HWPT_ALLOC_NEST_PARENT,
		IOMMU_HWPT_ALLOC_DIRTY_TRACKING,
		IOMMU_HWPT_ALLOC_PASID,
	};
	unsigned int set, i;

	for (set = 0; set < 8; set++) {
		__u32 sum = 0;

		for (i = 0; i < 3; i++)
			sum |= set & 1U << i ? flags[i] : 0;
		EXPECT_OK(alloc(self, self->other, sum));
	}
}

TEST_F(hwpt, unknown_flags_are_refused)
{
	int bit;

	for (bit = 4; bit < 32; bit++)
		EXPECT_ERR(EOPNOTSUPP, alloc(self, self->other, 1U << bit));
}

TEST_F(hwpt, queue_of_faults_has_to_exist)
{
	EXPECT_ERR(ENOENT, alloc(self, self->other, IOMMU_HWPT_FAULT_ID_VALID));
	EXPECT_ERR(EOPNOTSUPP, alloc(self, self->other,
				     IOMMU_HWPT_FAULT_ID_VALID |
				     IOMMU_HWPT_ALLOC_NEST_PARENT));
}

TEST_F(hwpt, nothing_goes_on_top_of_page_tables_that_are_no_parents)
{
	__u32 parent;

	EXPECT_ERR(EINVAL, alloc(self, self->first.hwpt, 0));
	EXPECT_ERR(EINVAL, alloc(self, self->hwpt, 0));
	ASSERT_OK(iommu_hwpt_alloc_flags(self->mock.fd, self->first.idev,
					 self->other,
					 IOMMU_HWPT_ALLOC_NEST_PARENT,
					 &parent));
	EXPECT_ERR(EOPNOTSUPP, alloc(self, parent, 0));
}

TEST_F(hwpt, device_that_does_not_track_stays_away_from_those_that_do)
{
	struct mock_device poor, rich;
	int fd = self->mock.fd;
	__u32 hwpt, at;

	ASSERT_OK(mock_attach_flags(fd, self->other,
				    MOCK_FLAGS_DEVICE_NO_DIRTY, &poor));
	EXPECT_ERR(EOPNOTSUPP,
		   iommu_hwpt_alloc_flags(fd, poor.idev, self->other,
					  IOMMU_HWPT_ALLOC_DIRTY_TRACKING,
					  &hwpt));
	ASSERT_OK(iommu_hwpt_alloc_flags(fd, self->first.idev, self->other,
					 IOMMU_HWPT_ALLOC_DIRTY_TRACKING,
					 &hwpt));
	EXPECT_ERR(EINVAL, mock_replace(fd, poor.stdev, hwpt, &at));
	EXPECT_ERR(EINVAL, mock_attach_flags(fd, hwpt,
					     MOCK_FLAGS_DEVICE_NO_DIRTY,
					     &rich));
	EXPECT_OK(mock_attach(fd, hwpt, &rich));
}

TEST_F(hwpt, reserved_members_of_hwpt_alloc_must_be_zero)
{
	const struct iommu_hwpt_alloc good = {
		.size = sizeof(good),
		.dev_id = self->first.idev,
		.pt_id = self->other,
	};
	struct iommu_hwpt_alloc cmd;

	cmd = good;
	cmd.__reserved = 1;
	EXPECT_ERR(EOPNOTSUPP, iommu_ioctl(self->mock.fd, IOMMU_HWPT_ALLOC,
					   &cmd));
	cmd = good;
	cmd.__reserved2 = 1;
	EXPECT_ERR(EOPNOTSUPP, iommu_ioctl(self->mock.fd, IOMMU_HWPT_ALLOC,
					   &cmd));
	cmd = good;
	EXPECT_OK(iommu_ioctl(self->mock.fd, IOMMU_HWPT_ALLOC, &cmd));
}

TEST_F(hwpt, data_of_hardware_that_is_not_known_is_refused)
{
	struct iommu_hwpt_alloc cmd = {
		.size = sizeof(cmd),
		.dev_id = self->first.idev,
		.pt_id = self->other,
		.data_len = 8,
	};

	EXPECT_ERR(EINVAL, iommu_ioctl(self->mock.fd, IOMMU_HWPT_ALLOC, &cmd));
	cmd.data_type = 1;
	EXPECT_ERR(EOPNOTSUPP, iommu_ioctl(self->mock.fd, IOMMU_HWPT_ALLOC,
					   &cmd));
	cmd.data_len = 0;
	EXPECT_ERR(EINVAL, iommu_ioctl(self->mock.fd, IOMMU_HWPT_ALLOC, &cmd));
}

TEST_F(hwpt, answer_that_cannot_be_written_leaves_no_page_table)
{
	struct iommu_hwpt_alloc *cmd = mem_alloc(self->mock.page);

	ASSERT_NE(NULL, cmd);
	*cmd = (struct iommu_hwpt_alloc){
		.size = sizeof(*cmd),
		.dev_id = self->first.idev,
		.pt_id = self->other,
	};
	ASSERT_EQ(0, mprotect(cmd, self->mock.page, PROT_READ));
	EXPECT_ERR(EFAULT, iommu_ioctl(self->mock.fd, IOMMU_HWPT_ALLOC, cmd));
	ASSERT_OK(destroy(self, self->hwpt));
	EXPECT_OK(destroy(self, self->other));
	mem_free(cmd, self->mock.page);
}

/* What threads do to one another's objects, and how long */
#define ROUNDS 200

struct race {
	struct _test_data_hwpt *self;
	atomic_uint ioas;	/* that comes and goes */
	unsigned int turn;
};

static int make_and_destroy_table(void *data)
{
	struct race *race = data;
	struct _test_data_hwpt *self = race->self;
	__u32 hwpt;
	int rc;

	rc = iommu_hwpt_alloc_flags(self->mock.fd, self->first.idev,
				    self->other,
				    IOMMU_HWPT_ALLOC_DIRTY_TRACKING, &hwpt);
	return rc ?: destroy(self, hwpt);
}

static int move_about(void *data)
{
	struct race *race = data;
	struct _test_data_hwpt *self = race->self;
	const __u32 ids[] = { self->mock.ioas, self->other, self->hwpt };
	__u32 at;

	return mock_replace(self->mock.fd, self->first.stdev,
			    ids[race->turn++ % 3], &at);
}

TEST_F(hwpt, tables_are_made_and_destroyed_while_devices_move)
{
	struct race making = { .self = self }, moving = { .self = self };
	struct loop loops[2];
	int i;

	ASSERT_OK(loop_start(&loops[0], make_and_destroy_table, &making));
	ASSERT_OK(loop_start(&loops[1], move_about, &moving));
	for (i = 0; i < ROUNDS; i++) {
		ASSERT_OK(map(self, IOVA));
		EXPECT_OK(check(self, IOVA));
		ASSERT_OK(unmap(self, IOVA));
		EXPECT_ERR(EINVAL, check(self, IOVA));
	}
	EXPECT_OK(loop_stop(&loops[0]));
	EXPECT_OK(loop_stop(&loops[1]));
	ASSERT_OK(destroy(self, self->first.stdev));
	EXPECT_OK(destroy(self, self->hwpt));
	EXPECT_OK(destroy(self, self->other));
	EXPECT_OK(destroy(self, self->mock.ioas));
}

static int make_and_destroy_space(void *data)
{
	struct race *race = data;
	int rc, fd = race->self->mock.fd;
	__u32 ioas;

	rc = iommu_ioas_alloc(fd, &ioas);
	if (rc)
		return rc;
	rc = iommu_map_at(fd, ioas, race->self->mock.memory,
			  race->self->mock.length, IOVA, IOMMU_MAP_RW);
	atomic_store(&race->ioas, ioas);
	/* A table may be there, which goes soon. */
	while (!rc || rc == -EBUSY) {
		rc = iommu_destroy(fd, ioas);
		if (!rc)
			break;
	}
	return rc;
}

TEST_F(hwpt, tables_are_made_for_spaces_that_are_being_destroyed)
{
	struct race race = { .self = self, .ioas = self->other };
	struct loop spaces;
	int i, rc, made = 0;
	__u32 hwpt;

	mem_fill(self->mock.memory, self->mock.length, 1);
	ASSERT_OK(loop_start(&spaces, make_and_destroy_space, &race));
	for (i = 0; i < ROUNDS; i++) {
		rc = iommu_hwpt_alloc(self->mock.fd, self->first.idev,
				      atomic_load(&race.ioas), &hwpt);
		if (!rc) {
			made++;
			ASSERT_OK(destroy(self, hwpt));
		}
		EXPECT_TRUE(!rc || rc == -EINVAL || rc == -ENOENT) {
			TH_LOG("%d", rc);
		}
	}
	EXPECT_OK(loop_stop(&spaces));
	TH_LOG("%d of %d were in time", made, i);
	EXPECT_OK(mock_check_refs(self->mock.fd, self->mock.memory,
				  self->mock.length, 0));
}

TEST_HARNESS_MAIN
