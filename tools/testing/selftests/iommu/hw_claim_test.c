// SPDX-License-Identifier: GPL-2.0-only
/*
 * Binding one device claims its whole IOMMU group: no other context gets at a
 * sibling until the last device is closed, and all of them go to one address
 * space.
 */
#include <signal.h>

#include "hw_group_fixture.h"

/*
 *	root port -- PCIe to PCI bridge -+- a: edu
 *	                                 +- b: e1000
 *
 * The bridge speaks for both: the IOMMU cannot tell one from the other.
 */
FIXTURE_VARIANT_ADD(group, behind_a_bridge)
{
	.id = PCI_ID_EDU,
};

/*
 *	root port -+- a: e1000e, function 0
 *	           +- b: e1000e, function 1
 *
 * No access control between the functions.
 */
FIXTURE_VARIANT_ADD(group, of_functions)
{
	.id = PCI_ID_E1000E,
};

TEST_F(group, one_context_can_bind_all_members)
{
	__u32 ioas_id;

	ASSERT_OK(bind_both(self));
	EXPECT_NE(self->a.dev.dev_id, self->b.dev.dev_id);
	ASSERT_OK(iommu_ioas_alloc(self->ours, &ioas_id));
	EXPECT_OK(vfio_attach(&self->a.dev, ioas_id));
	EXPECT_OK(vfio_attach(&self->b.dev, ioas_id));
}

TEST_F(group, other_context_cannot_bind_a_sibling)
{
	__u32 ioas_id;

	ASSERT_OK(take_both(self));
	ASSERT_OK(vfio_bind(&self->a.dev, self->ours));
	EXPECT_ERR(EBUSY, vfio_bind(&self->b.dev, self->theirs));
	/* The attempt changes nothing for who has the group */
	ASSERT_OK(iommu_ioas_alloc(self->ours, &ioas_id));
	EXPECT_OK(vfio_attach(&self->a.dev, ioas_id));
	EXPECT_OK(vfio_bind(&self->b.dev, self->ours));
}

TEST_F(group, other_process_cannot_bind_a_sibling)
{
	int status;
	pid_t pid;

	ASSERT_OK(take_both(self));
	ASSERT_OK(vfio_bind(&self->a.dev, self->ours));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		int fd = iommu_open();

		_exit(fd < 0 ? 255 : -vfio_bind(&self->b.dev, fd));
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_TRUE(WIFEXITED(status));
	EXPECT_EQ(EBUSY, WEXITSTATUS(status));
}

TEST_F(group, claim_ends_with_the_last_device)
{
	ASSERT_OK(bind_both(self));
	vfio_close(&self->a.dev);
	ASSERT_OK(vfio_open(&self->a.dev, self->a.pci.name));
	EXPECT_ERR(EBUSY, vfio_bind(&self->a.dev, self->theirs));
	vfio_close(&self->b.dev);
	EXPECT_OK(vfio_bind(&self->a.dev, self->theirs));
}

TEST_F(group, claim_outlives_the_closing_of_the_context)
{
	ASSERT_OK(take_both(self));
	ASSERT_OK(vfio_bind(&self->a.dev, self->ours));
	close(self->ours);
	self->ours = iommu_open();
	ASSERT_LE(0, self->ours);
	EXPECT_ERR(EBUSY, vfio_bind(&self->b.dev, self->theirs));
	vfio_close(&self->a.dev);
	EXPECT_OK(vfio_bind(&self->b.dev, self->theirs));
}

TEST_F(group, claim_ends_when_its_process_is_killed)
{
	int ready[2], status;
	char byte = 0;
	pid_t pid;

	ASSERT_OK(take_both(self));
	ASSERT_EQ(0, pipe(ready));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		int fd = iommu_open();
		struct vfio_dev own;

		if (fd < 0 || vfio_open(&own, self->a.pci.name) ||
		    vfio_bind(&own, fd) || write(ready[1], &byte, 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	EXPECT_EQ(1, read(ready[0], &byte, 1));
	EXPECT_ERR(EBUSY, vfio_bind(&self->b.dev, self->theirs));
	kill(pid, SIGKILL);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_OK(vfio_bind(&self->b.dev, self->theirs));
	close(ready[0]);
}

TEST_F(group, sibling_cannot_go_to_another_space)
{
	__u32 first, second;

	ASSERT_OK(bind_both(self));
	ASSERT_OK(iommu_ioas_alloc(self->ours, &first));
	ASSERT_OK(iommu_ioas_alloc(self->ours, &second));
	ASSERT_OK(vfio_attach(&self->a.dev, first));
	EXPECT_ERR(EINVAL, vfio_attach(&self->b.dev, second));
	EXPECT_OK(iommu_destroy(self->ours, second));
	EXPECT_OK(vfio_attach(&self->b.dev, first));
}

TEST_F(group, siblings_share_one_page_table)
{
	__u32 ioas_id, a, b;

	ASSERT_OK(bind_both(self));
	ASSERT_OK(iommu_ioas_alloc(self->ours, &ioas_id));
	a = ioas_id;
	b = ioas_id;
	ASSERT_OK(vfio_attach_pt(&self->a.dev, &a));
	ASSERT_OK(vfio_attach_pt(&self->b.dev, &b));
	EXPECT_EQ(a, b);
}

TEST_F(group, space_is_used_until_the_last_member_has_left)
{
	__u32 ioas_id;

	ASSERT_OK(bind_both(self));
	ASSERT_OK(iommu_ioas_alloc(self->ours, &ioas_id));
	ASSERT_OK(vfio_attach(&self->a.dev, ioas_id));
	ASSERT_OK(vfio_attach(&self->b.dev, ioas_id));
	ASSERT_OK(vfio_detach(&self->a.dev));
	EXPECT_ERR(EBUSY, iommu_destroy(self->ours, ioas_id));
	ASSERT_OK(vfio_detach(&self->b.dev));
	EXPECT_OK(iommu_destroy(self->ours, ioas_id));
}

TEST_F(group, group_can_go_elsewhere_after_all_have_left)
{
	__u32 first, second;

	ASSERT_OK(bind_both(self));
	ASSERT_OK(iommu_ioas_alloc(self->ours, &first));
	ASSERT_OK(iommu_ioas_alloc(self->ours, &second));
	ASSERT_OK(vfio_attach(&self->a.dev, first));
	ASSERT_OK(vfio_attach(&self->b.dev, first));
	ASSERT_OK(vfio_detach(&self->a.dev));
	EXPECT_ERR(EINVAL, vfio_attach(&self->a.dev, second));
	ASSERT_OK(vfio_detach(&self->b.dev));
	EXPECT_OK(vfio_attach(&self->b.dev, second));
	EXPECT_OK(vfio_attach(&self->a.dev, second));
}

TEST_F(group, replace_of_one_moves_all)
{
	__u32 first, second;

	ASSERT_OK(bind_both(self));
	ASSERT_OK(iommu_ioas_alloc(self->ours, &first));
	ASSERT_OK(iommu_ioas_alloc(self->ours, &second));
	ASSERT_OK(vfio_attach(&self->a.dev, first));
	ASSERT_OK(vfio_attach(&self->b.dev, first));
	EXPECT_OK(vfio_attach(&self->b.dev, second));
	EXPECT_OK(iommu_destroy(self->ours, first));
	/* To where the other one is already: nothing left to do */
	EXPECT_OK(vfio_attach(&self->a.dev, second));
}

TEST_F(group, sibling_without_a_driver_does_not_matter)
{
	__u32 ioas_id;

	ASSERT_OK(take_both(self));
	vfio_close(&self->b.dev);
	ASSERT_OK(pci_unbind_driver(self->b.pci.name));
	ASSERT_OK(vfio_bind(&self->a.dev, self->ours));
	ASSERT_OK(iommu_ioas_alloc(self->ours, &ioas_id));
	EXPECT_OK(vfio_attach(&self->a.dev, ioas_id));
}

TEST_HARNESS_MAIN
