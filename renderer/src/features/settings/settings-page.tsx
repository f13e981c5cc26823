import { PageLayout } from '../../components/page-layout.tsx'

export default function SettingsPage() {
  return <PageLayout title="Settings">{null}</PageLayout>
}
