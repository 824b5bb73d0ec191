// SPDX-License-Identifier: GPL-2.0-only
/*
 * Groups, containers and who may do what in which order: the same for a
 * container of VFIO's own and for /dev/iommu.
 */
#include <fcntl.h>

#include "../kselftest_harness.h"

#include "lib/check.h"
#include "lib/container.h"
#include "lib/hw.h"

#define IOVA 0x100000ULL
#define RW (VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE)

/*
 *	container ---+--- group[0] --- edu
 *	             +--- group[1] --- edu
 *
 * Nothing is put together, and no device is open.
 */
FIXTURE(group)
{
	struct pci_dev pci[2];
	struct vfio_container cont[2];	/* two groups, one container */
	struct vfio_dev dev[2];
	char *memory;	/* two pages, the first with a pattern */
	size_t page;
};

FIXTURE_VARIANT(group)
{
	const char *path;
};

FIXTURE_VARIANT_ADD(group, of_vfio)
{
	.path = "/dev/vfio/vfio",
};

FIXTURE_VARIANT_ADD(group, on_iommufd)
{
	.path = "/dev/iommu",
};

static int prepare(struct _test_data_group *self, const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	int i, rc;

	if (fd < 0)
		return -errno;
	for (i = 0; i < 2; i++) {
		self->cont[i].fd = fd;
		rc = pci_take(&self->pci[i]);
		if (rc)
			return rc;
		self->cont[i].group_fd = vfio_group_open(self->pci[i].group);
		if (self->cont[i].group_fd < 0)
			return self->cont[i].group_fd;
	}
	return 0;
}

static void take_down(struct _test_data_group *self)
{
	int i;

	for (i = 0; i < 2; i++) {
		vfio_close(&self->dev[i]);
		self->cont[i].fd = i ? -1 : self->cont[i].fd;
		vfio_container_close(&self->cont[i]);
		pci_give_back(&self->pci[i]);
	}
}

FIXTURE_SETUP(group)
{
	int i;

	self->page = mem_page_size();
	self->memory = mem_alloc(2 * self->page);
	ASSERT_NE(NULL, self->memory);
	for (i = 0; i < 2; i++) {
		self->dev[i].fd = -1;
		self->cont[i].fd = -1;
		self->cont[i].group_fd = -1;
		if (pci_find(PCI_ID_EDU, PCI_ALONE, i, &self->pci[i]))
			SKIP_FROM_SETUP("no two edu devices alone in groups");
	}
	ASSERT_OK(prepare(self, variant->path)) {
		take_down(self);
	}
}

FIXTURE_TEARDOWN(group)
{
	take_down(self);
	mem_free(self->memory, 2 * self->page);
}

static int set(struct _test_data_group *self, int i)
{
	return group_set_container(self->cont[i].group_fd, self->cont[i].fd);
}

static int set_both(struct _test_data_group *self)
{
	return set(self, 0) ?: set(self, 1) ?:
	       container_set_iommu(self->cont[0].fd, VFIO_TYPE1v2_IOMMU);
}

static int get_dev(struct _test_data_group *self, int i)
{
	return vfio_container_get_dev(&self->cont[i], self->pci[i].name,
				      &self->dev[i]);
}

static int map_both_pages(struct _test_data_group *self)
{
	return container_map(self->cont[0].fd, self->memory, 2 * self->page,
			     IOVA, RW);
}

static int round_trip(struct _test_data_group *self, int i)
{
	return edu_round_trip(&self->dev[i], self->memory, self->page, IOVA);
}

TEST_F(group, status_tells_whether_a_container_is_set)
{
	__u32 flags;

	ASSERT_OK(group_status(self->cont[0].group_fd, &flags));
	EXPECT_EQ(VFIO_GROUP_FLAGS_VIABLE, flags);
	ASSERT_OK(set(self, 0));
	ASSERT_OK(group_status(self->cont[0].group_fd, &flags));
	EXPECT_EQ(VFIO_GROUP_FLAGS_VIABLE | VFIO_GROUP_FLAGS_CONTAINER_SET,
		  flags);
	ASSERT_OK(group_unset_container(self->cont[0].group_fd));
	ASSERT_OK(group_status(self->cont[0].group_fd, &flags));
	EXPECT_EQ(VFIO_GROUP_FLAGS_VIABLE, flags);
}

TEST_F(group, container_is_set_once)
{
	EXPECT_ERR(EINVAL, group_unset_container(self->cont[0].group_fd));
	ASSERT_OK(set(self, 0));
	EXPECT_ERR(EINVAL, set(self, 0));
	ASSERT_OK(group_unset_container(self->cont[0].group_fd));
	EXPECT_ERR(EINVAL, group_unset_container(self->cont[0].group_fd));
	EXPECT_OK(set(self, 0));
}

TEST_F(group, other_files_are_no_containers)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	__u32 flags;

	EXPECT_ERR(EBADF, group_set_container(self->cont[0].group_fd, -1));
	EXPECT_ERR(EBADFD, group_set_container(self->cont[0].group_fd, null));
	EXPECT_ERR(EBADFD, group_set_container(self->cont[0].group_fd,
					       self->cont[1].group_fd));
	ASSERT_OK(group_status(self->cont[0].group_fd, &flags));
	EXPECT_EQ(VFIO_GROUP_FLAGS_VIABLE, flags);
	close(null);
	EXPECT_OK(set(self, 0));
}

TEST_F(group, device_cannot_be_had_without_a_container)
{
	EXPECT_ERR(EINVAL, get_dev(self, 0));
	ASSERT_OK(set_both(self));
	EXPECT_OK(get_dev(self, 0));
}

TEST_F(group, device_that_is_not_in_the_group_cannot_be_had)
{
	ASSERT_OK(set_both(self));
	EXPECT_ERR(ENODEV, vfio_container_get_dev(&self->cont[0],
						  self->pci[1].name,
						  &self->dev[0]));
	EXPECT_OK(get_dev(self, 0));
}

TEST_F(group, container_stays_set_while_a_device_is_open)
{
	ASSERT_OK(set_both(self));
	ASSERT_OK(get_dev(self, 0));
	EXPECT_ERR(EBUSY, group_unset_container(self->cont[0].group_fd));
	EXPECT_OK(group_unset_container(self->cont[1].group_fd));
	vfio_close(&self->dev[0]);
	EXPECT_OK(group_unset_container(self->cont[0].group_fd));
}

TEST_F(group, group_is_opened_once)
{
	EXPECT_EQ(-EBUSY, vfio_group_open(self->pci[0].group));
	ASSERT_OK(set_both(self));
	ASSERT_OK(get_dev(self, 0));
	close(self->cont[0].group_fd);
	self->cont[0].group_fd = -1;
	/* The device keeps it */
	EXPECT_EQ(-EBUSY, vfio_group_open(self->pci[0].group));
	ASSERT_OK(map_both_pages(self));
	EXPECT_OK(round_trip(self, 0));
	vfio_close(&self->dev[0]);
	self->cont[0].group_fd = vfio_group_open(self->pci[0].group);
	EXPECT_LE(0, self->cont[0].group_fd);
}

TEST_F(group, device_goes_on_when_its_container_is_closed)
{
	ASSERT_OK(set_both(self));
	ASSERT_OK(get_dev(self, 0));
	ASSERT_OK(map_both_pages(self));
	close(self->cont[0].fd);
	self->cont[0].fd = -1;
	EXPECT_OK(round_trip(self, 0));
	vfio_close(&self->dev[0]);
	EXPECT_OK(group_unset_container(self->cont[0].group_fd));
}

TEST_F(group, two_groups_share_what_is_mapped)
{
	ASSERT_OK(set_both(self));
	ASSERT_OK(get_dev(self, 0));
	ASSERT_OK(map_both_pages(self));
	ASSERT_OK(get_dev(self, 1));
	EXPECT_OK(round_trip(self, 0));
	EXPECT_OK(round_trip(self, 1));
	EXPECT_OK(container_unmap(self->cont[0].fd, IOVA, 2 * self->page, 0,
				  NULL));
	EXPECT_ERR(EILSEQ, round_trip(self, 0));
	EXPECT_ERR(EILSEQ, round_trip(self, 1));
}

TEST_F(group, mapping_outlives_the_device_that_was_open_first)
{
	ASSERT_OK(set_both(self));
	ASSERT_OK(get_dev(self, 0));
	ASSERT_OK(map_both_pages(self));
	EXPECT_OK(round_trip(self, 0));
	vfio_close(&self->dev[0]);
	ASSERT_OK(get_dev(self, 0));
	EXPECT_OK(round_trip(self, 0));
	ASSERT_OK(get_dev(self, 1));
	EXPECT_OK(round_trip(self, 1));
}

TEST_F(group, device_has_several_files)
{
	struct vfio_dev second;

	ASSERT_OK(set_both(self));
	ASSERT_OK(get_dev(self, 0));
	ASSERT_OK(map_both_pages(self));
	ASSERT_OK(vfio_container_get_dev(&self->cont[0], self->pci[0].name,
					 &second));
	vfio_close(&self->dev[0]);
	EXPECT_ERR(EBUSY, group_unset_container(self->cont[0].group_fd));
	self->dev[0] = second;
	EXPECT_OK(round_trip(self, 0));
	vfio_close(&self->dev[0]);
	EXPECT_OK(group_unset_container(self->cont[0].group_fd));
}

TEST_F(group, node_cannot_be_bound_beside_the_group)
{
	struct vfio_dev node;
	int other = iommu_open();

	ASSERT_LE(0, other);
	ASSERT_OK(vfio_open(&node, self->pci[0].name));
	ASSERT_OK(set_both(self));
	ASSERT_OK(get_dev(self, 0));
	EXPECT_ERR(EBUSY, vfio_bind(&node, other));
	vfio_close(&self->dev[0]);
	EXPECT_ERR(EBUSY, vfio_bind(&node, other));
	close(self->cont[0].group_fd);
	self->cont[0].group_fd = -1;
	EXPECT_OK(vfio_bind(&node, other));
	vfio_close(&node);
	close(other);
}

TEST_HARNESS_MAIN
