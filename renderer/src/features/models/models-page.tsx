import { Package } from 'lucide-react'
import { EmptyState } from '../../components/empty-state.tsx'
import { PageLayout } from '../../components/page-layout.tsx'

export default function ModelsPage() {
  return (
    <PageLayout title="Models">
      <EmptyState
        icon={Package}
        title="No models yet"
        text="A model is a named series of versions, each made by a run. Register the model of a finished run."
      />
    </PageLayout>
  )
}
