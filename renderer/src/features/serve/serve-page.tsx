import { Rocket } from 'lucide-react'
import { EmptyState } from '../../components/empty-state.tsx'
import { PageLayout } from '../../components/page-layout.tsx'

export default function ServePage() {
  return (
    <PageLayout title="Serve">
      <EmptyState
        icon={Rocket}
        title="Nothing to serve yet"
        text="Register a model, then export it as a container that checks itself before it says ready."
      />
    </PageLayout>
  )
}
