import { PageLayout } from '../../components/page-layout.tsx'

export default function DataPage() {
  return <PageLayout title="Data">{null}</PageLayout>
}
