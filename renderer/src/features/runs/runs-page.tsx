import { LineChart } from 'lucide-react'
import { EmptyState } from '../../components/empty-state.tsx'
import { PageLayout } from '../../components/page-layout.tsx'

export default function RunsPage() {
  return (
    <PageLayout title="Runs">
      <EmptyState
        icon={LineChart}
        title="No runs yet"
        text="A run records one training: its params, curves and model. Import a dataset, then train on it."
      />
    </PageLayout>
  )
}
