import { PageLayout } from '../../components/page-layout.tsx'

export default function ReadPage() {
  return <PageLayout title="Read">{null}</PageLayout>
}
